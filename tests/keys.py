"""Record keys that are the same at each run, so that a test's figures are."""

from anchornet.store.database import Database


def known(database: Database) -> None:
    """Of a network to which nothing was sent yet."""
    with database.writing(replaces=["record_key_secret"]) as cursor:
        cursor.execute("update record_key_secret set secret = 'of the tests'")
