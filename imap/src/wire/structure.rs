//! BODY and BODYSTRUCTURE (RFC 9051 §7.5.2).

use mail::{Parameter, Part};

use super::{Write, write_envelope};

/// A part's structure; with `extended`, what BODYSTRUCTURE adds to BODY.
pub(crate) fn write_structure(out: &mut Vec<u8>, part: &Part, extended: bool) {
    out.put(b"(");
    if part.is_multipart() {
        for child in &part.children {
            write_structure(out, child, extended);
        }
        out.put(b" ");
        out.string(&part.subtype);
        if extended {
            out.put(b" ");
            write_parameters(out, &part.parameters);
            write_extension(out, part);
        }
    } else {
        write_single(out, part, extended);
        if extended {
            // body-fld-md5: nobody sends Content-MD5 any more.
            out.put(b" NIL");
            write_extension(out, part);
        }
    }
    out.put(b")");
}

fn write_single(out: &mut Vec<u8>, part: &Part, extended: bool) {
    out.string(&part.kind);
    out.put(b" ");
    out.string(&part.subtype);
    out.put(b" ");
    write_parameters(out, &part.parameters);
    out.put(b" ");
    out.nstring(part.id.as_ref().map(|id| format!("<{id}>")));
    out.put(b" ");
    out.header_text(part.description.as_deref());
    out.put(b" ");
    out.string(&part.encoding);
    out.put(format!(" {}", part.size_bytes()));
    if let Some(inner) = &part.inner {
        out.put(b" ");
        write_envelope(out, &inner.correspondence);
        out.put(b" ");
        write_structure(out, &inner.root, extended);
    }
    if part.kind == "text" || part.inner.is_some() {
        out.put(format!(" {}", part.lines));
    }
}

// body-fld-dsp body-fld-lang body-fld-loc
fn write_extension(out: &mut Vec<u8>, part: &Part) {
    out.put(b" ");
    match &part.disposition {
        Some((kind, parameters)) => {
            out.put(b"(");
            out.string(kind);
            out.put(b" ");
            write_parameters(out, parameters);
            out.put(b")");
        }
        None => out.put(b"NIL"),
    }
    out.put(b" ");
    out.list_or_nil(&part.language, " ", |out, language| out.string(language));
    out.put(b" ");
    out.header_text(part.location.as_deref());
}

fn write_parameters(out: &mut Vec<u8>, parameters: &[Parameter]) {
    out.list_or_nil(parameters, " ", |out, (name, value)| {
        out.string(name);
        out.put(b" ");
        out.header_text(Some(value));
    });
}
