//! A value on its way into a statement. Nothing is copied: an engine reads it where it is.

/// A value of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Value<'a> {
    /// None.
    Null,
    /// A number.
    Integer(i64),
    /// Whether something is so.
    Truth(bool),
    /// A text.
    Text(&'a str),
    /// Bytes that are no text.
    Bytes(&'a [u8]),
}

/// What can go into a column.
pub(crate) trait AsValue {
    /// The value as it is stored.
    fn as_value(&self) -> Value<'_>;
}

impl AsValue for str {
    fn as_value(&self) -> Value<'_> {
        Value::Text(self)
    }
}

impl AsValue for String {
    fn as_value(&self) -> Value<'_> {
        Value::Text(self)
    }
}

impl AsValue for [u8] {
    fn as_value(&self) -> Value<'_> {
        Value::Bytes(self)
    }
}

impl AsValue for Vec<u8> {
    fn as_value(&self) -> Value<'_> {
        Value::Bytes(self)
    }
}

impl<const N: usize> AsValue for [u8; N] {
    fn as_value(&self) -> Value<'_> {
        Value::Bytes(self)
    }
}

impl AsValue for bool {
    fn as_value(&self) -> Value<'_> {
        Value::Truth(*self)
    }
}

/// Numbers that every column of numbers can hold.
macro_rules! integers {
    ($($type:ty)*) => {$(
        impl AsValue for $type {
            fn as_value(&self) -> Value<'_> {
                Value::Integer(i64::from(*self))
            }
        }
    )*};
}

integers! { u8 u16 i32 u32 i64 }

impl<T: AsValue> AsValue for Option<T> {
    fn as_value(&self) -> Value<'_> {
        self.as_ref().map_or(Value::Null, AsValue::as_value)
    }
}

impl<T: AsValue + ?Sized> AsValue for &T {
    fn as_value(&self) -> Value<'_> {
        (*self).as_value()
    }
}
