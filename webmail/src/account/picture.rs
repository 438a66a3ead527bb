//! A QR code as the path of an SVG: one unit a module, four of quiet zone around (ISO/IEC 18004 §6.3.8).

use std::fmt::Write as _;

use qrcode::{Color, EcLevel, QrCode};

const QUIET: usize = 4;

/// A QR code.
pub struct Picture {
    /// Units on each side.
    pub side: usize,
    /// The `d` of the path.
    pub path: String,
}

impl Picture {
    /// Draws a text; `None` when it is too long.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        let code = QrCode::with_error_correction_level(text.as_bytes(), EcLevel::M).ok()?;
        let width = code.width();
        let mut path = String::new();
        for (row, modules) in code.to_colors().chunks(width).enumerate() {
            let mut at = 0;
            for run in modules.chunk_by(|one, next| one == next) {
                if run.first() == Some(&Color::Dark) {
                    // Writing to a string cannot fail.
                    let _ = write!(path, "M{} {}h{}v1h-{}z", at + QUIET, row + QUIET, run.len(), run.len());
                }
                at += run.len();
            }
        }
        Some(Self { side: width + 2 * QUIET, path })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_picture_has_its_corners_and_its_quiet_zone() {
        let picture = Picture::of("otpauth://totp/x:y?secret=MZXW6").unwrap();
        assert!(picture.path.starts_with("M4 4h7v1h-7z"), "{}", picture.path);
        let right = picture.side - 4 - 7;
        assert!(picture.path.contains(&format!("M{right} 4h7v1h-7z")));
        assert!(Picture::of(&"x".repeat(5000)).is_none());
    }
}
