//! What comes back: rows of either engine, and what is read from them.

use sqlx::Row as _;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;

use crate::{Result, StoreError};

/// A row.
pub(crate) enum Row {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

impl Row {
    /// The value of a column, from 0.
    pub(crate) fn at<T: Cell>(&self, column: usize) -> Result<T> {
        T::read(self, column)
    }

    /// The value of a column by its name.
    pub(crate) fn named<T: Cell>(&self, column: &str) -> Result<T> {
        let number = match self {
            Self::Sqlite(row) => sqlx::Column::ordinal(row.try_column(column)?),
            Self::Postgres(row) => sqlx::Column::ordinal(row.try_column(column)?),
        };
        self.at(number)
    }
}

/// What a column can be read as.
pub(crate) trait Cell: Sized {
    fn read(row: &Row, column: usize) -> Result<Self>;
}

macro_rules! cells {
    ($($kind:ty),*) => {$(
        impl Cell for $kind {
            fn read(row: &Row, column: usize) -> Result<Self> {
                Ok(match row {
                    Row::Sqlite(row) => row.try_get(column)?,
                    Row::Postgres(row) => row.try_get(column)?,
                })
            }
        }
    )*};
}
cells!(String, Option<String>, Vec<u8>, Option<Vec<u8>>);

impl Cell for Option<i64> {
    fn read(row: &Row, column: usize) -> Result<Self> {
        Ok(match row {
            Row::Sqlite(row) => row.try_get(column)?,
            Row::Postgres(row) => match row.try_get(column) {
                Ok(number) => number,
                // A literal of a statement is narrower than a column.
                Err(sqlx::Error::ColumnDecode { .. }) => row.try_get::<Option<i32>, _>(column)?.map(i64::from),
                Err(error) => return Err(error.into()),
            },
        })
    }
}

impl Cell for i64 {
    fn read(row: &Row, column: usize) -> Result<Self> {
        let absent = || StoreError::Tampered("a number that is absent".to_owned());
        row.at::<Option<Self>>(column)?.ok_or_else(absent)
    }
}

macro_rules! narrow {
    ($($kind:ty),*) => {$(
        impl Cell for $kind {
            fn read(row: &Row, column: usize) -> Result<Self> {
                let wide: i64 = row.at(column)?;
                Self::try_from(wide).map_err(|_| StoreError::Tampered(format!("a number out of range: {wide}")))
            }
        }
    )*};
}
narrow!(u32, u8);

impl Cell for bool {
    fn read(row: &Row, column: usize) -> Result<Self> {
        Ok(row.at::<i64>(column)? != 0)
    }
}

/// What a whole row can be read as.
pub(crate) trait Record: Sized {
    fn of(row: &Row) -> Result<Self>;
}

macro_rules! tuples {
    ($(($($cell:ident $column:tt),*))*) => {$(
        impl<$($cell: Cell),*> Record for ($($cell,)*) {
            fn of(row: &Row) -> Result<Self> {
                Ok(($(row.at::<$cell>($column)?,)*))
            }
        }
    )*};
}
tuples! {
    (A 0)
    (A 0, B 1)
    (A 0, B 1, C 2)
    (A 0, B 1, C 2, D 3)
    (A 0, B 1, C 2, D 3, E 4)
    (A 0, B 1, C 2, D 3, E 4, F 5)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9)
    (A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10)
}

/// Reads the columns of the same names into a struct: `record!(Row { id, name });`
macro_rules! record {
    ($kind:ident { $($field:ident),* $(,)? }) => {
        impl $crate::db::Record for $kind {
            fn of(row: &$crate::db::Row) -> $crate::Result<Self> {
                Ok(Self { $($field: row.named(stringify!($field))?),* })
            }
        }
    };
}
pub(crate) use record;
