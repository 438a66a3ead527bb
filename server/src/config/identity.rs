//! `[identity]`: what the organisation asks of whoever signs in.

use serde::{Deserialize, Serialize};

/// `[identity]`
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Identity {
    /// Who has to have a second factor.
    pub second_factor: SecondFactor,
}

/// Who has to have a second factor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SecondFactor {
    /// Nobody.
    Optional,
    /// Admins of the console.
    #[default]
    Admins,
    /// Admins and staff.
    Everybody,
}

impl From<SecondFactor> for identity::SecondFactor {
    fn from(configured: SecondFactor) -> Self {
        match configured {
            SecondFactor::Optional => Self::Optional,
            SecondFactor::Admins => Self::Admins,
            SecondFactor::Everybody => Self::Everybody,
        }
    }
}
