//! Statements that write a row by the names of its columns. Their texts are put together when the program is built.

/// The values of a statement, in the order of its marks.
macro_rules! values {
    ($($value:expr),* $(,)?) => {
        &[$($crate::sql::value::AsValue::as_value(&$value)),*]
    };
}

/// Inserts a row into a table.
macro_rules! insert {
    ($connection:expr, $table:literal, { $first:ident: $value:expr $(, $column:ident: $more:expr)* $(,)? }) => {
        $connection.execute(
            concat!(
                "INSERT INTO ", $table, " (", stringify!($first), $(", ", stringify!($column),)*
                ") VALUES (?", $(mark!($column),)* ")"
            ),
            values![$value $(, $more)*],
        )
    };
}

/// Puts a row into a table, in place of the one with the same key: first the key's columns, then the others.
macro_rules! put {
    (
        $connection:expr, $table:literal,
        { $first_key:ident: $key_value:expr $(, $key:ident: $more_key:expr)* $(,)? },
        { $first:ident: $value:expr $(, $column:ident: $more:expr)* $(,)? }
    ) => {
        $connection.execute(
            concat!(
                "INSERT INTO ", $table, " (", stringify!($first_key), $(", ", stringify!($key),)*
                ", ", stringify!($first), $(", ", stringify!($column),)*
                ") VALUES (?", $(mark!($key),)* mark!($first), $(mark!($column),)*
                ") ON CONFLICT (", stringify!($first_key), $(", ", stringify!($key),)*
                ") DO UPDATE SET ", stringify!($first), " = excluded.", stringify!($first),
                $(", ", stringify!($column), " = excluded.", stringify!($column),)*
            ),
            values![$key_value $(, $more_key)*, $value $(, $more)*],
        )
    };
}

/// Changes columns of the rows of a table in which other columns have these values.
macro_rules! update {
    (
        $connection:expr, $table:literal,
        { $first:ident: $value:expr $(, $column:ident: $more:expr)* $(,)? },
        where { $first_key:ident: $key_value:expr $(, $key:ident: $more_key:expr)* $(,)? }
    ) => {
        $connection.execute(
            concat!(
                "UPDATE ", $table, " SET ", stringify!($first), " = ?", $(", ", stringify!($column), " = ?",)*
                " WHERE ", stringify!($first_key), " = ?", $(" AND ", stringify!($key), " = ?",)*
            ),
            values![$value $(, $more)*, $key_value $(, $more_key)*],
        )
    };
}

/// Where the value of one more column goes.
macro_rules! mark {
    ($column:ident) => {
        ", ?"
    };
}
