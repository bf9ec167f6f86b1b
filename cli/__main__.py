"""`python -m cli` is `logtally`."""

from cli.main import run

if __name__ == "__main__":
    run()
