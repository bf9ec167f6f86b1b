"""Text from strangers, before it reaches a terminal, an attribute of SNS or SQS, or a line of a mail."""


def printable(text: str) -> str:
    """Answer the text in one line, without what would steer a terminal, forge a line, or be refused by SNS and SQS."""
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)
