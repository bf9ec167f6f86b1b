"""Hands over the version that pyproject.toml has, as `version`."""

from step import hand_over, project_version, run


def main() -> None:
    """Hand it over."""
    hand_over(version=project_version())


if __name__ == "__main__":
    run(main)
