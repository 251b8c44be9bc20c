"""Tables that an older server made get the columns and indexes that this one needs; their rows stay as they are."""

from sqlalchemy import Engine, MetaData, inspect
from sqlalchemy.schema import CreateColumn


def add_what_is_missing(metadata: MetaData, engine: Engine) -> None:
    """Adds columns and indexes that the tables of `engine` lack.

    A column is empty in the rows that are there, so it must allow that. Nothing is taken away: a server that is put
    back to an older version passes over what it does not know.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: the database refuses.
    """
    with engine.begin() as connection:
        found = inspect(connection)
        for table in metadata.sorted_tables:
            columns = {column["name"] for column in found.get_columns(table.name)}
            for column in table.columns:
                if column.name not in columns:
                    clause = CreateColumn(column).compile(dialect=engine.dialect)
                    name = engine.dialect.identifier_preparer.format_table(table)
                    connection.exec_driver_sql(f"ALTER TABLE {name} ADD COLUMN {clause}")
            indexes = {index["name"] for index in found.get_indexes(table.name)}
            for index in table.indexes:
                if index.name not in indexes:
                    index.create(connection)
