//! What hangs on a letter: its name, what it is, how large, and whether to beware of it.

use mail::Part;

use super::decode;
use crate::Lang;
use crate::message::{file_name, html};

/// Something that hangs on a letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its number among the parts.
    pub number: usize,
    /// A name under which it can be saved.
    pub name: String,
    /// What it is, as people call it.
    pub sort: Sort,
    /// Its size in octets, about.
    pub size_bytes: usize,
}

/// What a file is, as far as its name says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// A picture.
    Picture,
    /// PDF.
    Pdf,
    /// Text and office documents.
    Document,
    /// Tables.
    Table,
    /// Slides.
    Slides,
    /// ZIP and the like.
    Archive,
    /// Sound and film.
    Media,
    /// An appointment.
    Calendar,
    /// A visiting card.
    Card,
    /// Another message.
    Message,
    /// A web page, which may lie.
    Page,
    /// A program, or what starts one: not to be opened.
    Program,
    /// A document that may run something.
    Macros,
    /// Outlook's own packing.
    Outlook,
    /// A key or a signature.
    Signature,
    /// Anything else.
    Other,
}

impl Sort {
    /// Whether it can do harm when it is opened.
    #[must_use]
    pub fn is_risky(self) -> bool {
        matches!(self, Self::Program | Self::Macros | Self::Page)
    }

    fn of_name(name: &str) -> Self {
        let extension = name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase()).unwrap_or_default();
        match extension.as_str() {
            "png" | "jpg" | "jpeg" | "gif" | "webp" | "bmp" | "tif" | "tiff" | "heic" | "avif" => Self::Picture,
            "pdf" => Self::Pdf,
            "doc" | "docx" | "odt" | "rtf" | "txt" | "md" | "pages" => Self::Document,
            "xls" | "xlsx" | "ods" | "csv" => Self::Table,
            "ppt" | "pptx" | "odp" => Self::Slides,
            "zip" | "7z" | "rar" | "gz" | "tgz" | "tar" | "xz" | "bz2" => Self::Archive,
            "mp3" | "wav" | "ogg" | "m4a" | "mp4" | "mov" | "avi" | "webm" | "mkv" => Self::Media,
            "ics" => Self::Calendar,
            "vcf" => Self::Card,
            "eml" | "msg" => Self::Message,
            "htm" | "html" | "xhtml" | "mht" | "mhtml" | "svg" | "xml" | "xsl" => Self::Page,
            "docm" | "xlsm" | "pptm" | "xlsb" | "xlam" | "dotm" | "xll" | "one" => Self::Macros,
            "p7s" | "p7m" | "asc" | "sig" | "pgp" => Self::Signature,
            other if PROGRAMS.contains(&other) => Self::Program,
            _ if name.eq_ignore_ascii_case("winmail.dat") => Self::Outlook,
            _ => Self::Other,
        }
    }
}

const PROGRAMS: &[&str] = &[
    "exe",
    "com",
    "bat",
    "cmd",
    "scr",
    "pif",
    "msi",
    "msix",
    "appx",
    "ps1",
    "psm1",
    "vbs",
    "vbe",
    "js",
    "jse",
    "wsf",
    "wsh",
    "hta",
    "lnk",
    "jar",
    "cpl",
    "dll",
    "reg",
    "iso",
    "img",
    "vhd",
    "vhdx",
    "url",
    "chm",
    "scf",
    "app",
    "dmg",
    "pkg",
    "sh",
    "py",
    "apk",
    "deb",
    "rpm",
    "rdp",
    "gadget",
    "inf",
    "library-ms",
    "search-ms",
    "settingcontent-ms",
    "theme",
    "diagcab",
];

impl File {
    /// What hangs here.
    #[must_use]
    pub fn of(number: usize, part: &Part) -> Self {
        let name = name(part, number);
        let sort = match (part.kind.as_str(), part.subtype.as_str()) {
            ("message", "rfc822" | "global") => Sort::Message,
            ("application", "ms-tnef") => Sort::Outlook,
            _ => Sort::of_name(&name),
        };
        let travelling = part.size_bytes() as usize;
        let size_bytes = if part.encoding == "base64" { travelling / 4 * 3 } else { travelling };
        Self { number, name, sort, size_bytes }
    }

    /// Its size, as people say it.
    #[must_use]
    pub fn size_said(&self, lang: Lang) -> String {
        lang.message_size(self.size_bytes)
    }
}

/// A name under which a part can be saved.
#[must_use]
pub fn name(part: &Part, number: usize) -> String {
    if let Some(name) = part.file_name().map(file_name::safe).filter(|name| name != "file") {
        return name;
    }
    if let Some(inner) = &part.inner {
        let subject = inner.correspondence.subject.as_deref().unwrap_or_default();
        return format!("{}.eml", file_name::safe(subject));
    }
    let extension = match (part.kind.as_str(), part.subtype.as_str()) {
        ("text", "plain") => "txt",
        ("text", "html") => "html",
        ("text", "calendar") => "ics",
        ("text", "vcard" | "x-vcard" | "directory") => "vcf",
        ("image", "png") => "png",
        ("image", "jpeg" | "jpg") => "jpg",
        ("image", "gif") => "gif",
        ("image", "webp") => "webp",
        ("application", "pdf") => "pdf",
        ("message", "rfc822" | "global") => "eml",
        ("message" | "text", _) => "txt",
        _ => "bin",
    };
    format!("part-{}.{extension}", number + 1)
}

/// The media type under which a file leaves, from a closed list. What can run anything in a browser is not on it, and
/// what says it is a picture has to be one.
#[must_use]
pub fn media_type(part: &Part, bytes: &[u8]) -> &'static str {
    const OCTETS: &str = "application/octet-stream";
    const KNOWN: &[&str] = &[
        "application/pdf",
        "application/zip",
        "application/msword",
        "application/vnd.ms-excel",
        "application/vnd.ms-powerpoint",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        "application/vnd.oasis.opendocument.text",
        "application/vnd.oasis.opendocument.spreadsheet",
        "application/rtf",
        "audio/mpeg",
        "audio/ogg",
        "audio/wav",
        "video/mp4",
        "video/webm",
        "text/calendar",
        "text/csv",
        "text/plain",
    ];
    if let Some(picture) = html::sniffed(bytes) {
        return picture;
    }
    let said = format!("{}/{}", part.kind, part.subtype);
    let is_pdf = bytes.starts_with(b"%PDF-");
    let known = KNOWN.iter().copied().find(|known| *known == said).unwrap_or(OCTETS);
    if known == "application/pdf" && !is_pdf { OCTETS } else { known }
}

/// The octets of a part of a letter, by its number.
#[must_use]
pub fn taken(root: &Part, raw: &[u8], number: usize) -> Option<(String, &'static str, Vec<u8>)> {
    let part = root.leaves().into_iter().nth(number)?;
    let bytes = decode::octets(part, raw);
    let media_type = media_type(part, &bytes);
    Some((name(part, number), media_type, bytes))
}
