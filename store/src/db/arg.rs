//! Values that are bound to a statement.

use std::sync::Arc;

/// One of the three kinds that both engines have, or the absence of one of that kind.
#[derive(Clone, Debug)]
pub(crate) enum Arg {
    Number(Option<i64>),
    Text(Option<String>),
    Blob(Option<Vec<u8>>),
}

/// What can be bound.
pub(crate) trait Bind: Sized {
    /// The value.
    fn arg(self) -> Arg;
    /// NULL of the same kind: PostgreSQL wants to know which.
    fn none() -> Arg;
}

impl<T: Bind> Bind for Option<T> {
    fn arg(self) -> Arg {
        self.map_or_else(T::none, T::arg)
    }

    fn none() -> Arg {
        T::none()
    }
}

macro_rules! numbers {
    ($($kind:ty),*) => {$(
        impl Bind for $kind {
            fn arg(self) -> Arg {
                Arg::Number(Some(i64::from(self)))
            }

            fn none() -> Arg {
                Arg::Number(None)
            }
        }

        impl Bind for &$kind {
            fn arg(self) -> Arg {
                (*self).arg()
            }

            fn none() -> Arg {
                Arg::Number(None)
            }
        }
    )*};
}
numbers!(i64, i32, u32, u16, u8, bool);

macro_rules! kinds {
    ($($kind:ty => $arg:ident, $owned:expr;)*) => {$(
        impl Bind for $kind {
            fn arg(self) -> Arg {
                let own: fn($kind) -> _ = $owned;
                Arg::$arg(Some(own(self)))
            }

            fn none() -> Arg {
                Arg::$arg(None)
            }
        }
    )*};
}
kinds! {
    String => Text, |text| text;
    &str => Text, str::to_owned;
    &String => Text, |text| text.clone();
    Vec<u8> => Blob, |bytes| bytes;
    &[u8] => Blob, <[u8]>::to_vec;
    &Vec<u8> => Blob, |bytes| bytes.clone();
    Arc<[u8]> => Blob, |bytes| bytes.to_vec();
    &Arc<[u8]> => Blob, |bytes| bytes.to_vec();
}

impl<const N: usize> Bind for [u8; N] {
    fn arg(self) -> Arg {
        Arg::Blob(Some(self.to_vec()))
    }

    fn none() -> Arg {
        Arg::Blob(None)
    }
}

impl<const N: usize> Bind for &[u8; N] {
    fn arg(self) -> Arg {
        Arg::Blob(Some(self.to_vec()))
    }

    fn none() -> Arg {
        Arg::Blob(None)
    }
}
