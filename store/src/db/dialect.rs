//! SQLite's words into PostgreSQL's, where the difference is only in words.
//!
//! ```text
//!   ?1 and ?               $1, numbered
//!   INSERT OR IGNORE ...   INSERT ... ON CONFLICT DO NOTHING
//!   json_each(?1)          each_number, each_text or each_json: functions of our schema with the same column `value`
//!   last_insert_rowid()    lastval()
//!   ORDER BY rowid         ORDER BY row, a column that its tables have
//!   x'00ff'                '\x00ff'::bytea
//!   CROSS JOIN t ON        JOIN t ON: SQLite's word for "in this order"
//!   max(uidnext, x)        greatest(uidnext, x)
//!   sum(x)                 total_of(x), which stays 64 bits wide
//!   INDEXED BY i           nothing: it plans by itself
//!   group_concat(x, s)     string_agg(x, s)
//!   a; b; c                three statements, each with the arguments that it names
//! ```

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// One statement for PostgreSQL.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Statement {
    /// The text.
    pub(crate) sql: String,
    /// Which of the arguments it names, from 0, in the order of its `$1`, `$2`...
    pub(crate) args: Vec<usize>,
}

/// Texts that were translated before.
type Known = HashMap<&'static str, Arc<[Statement]>>;

/// The statements of a text that is part of the program; remembered.
pub(crate) fn translated(sql: &'static str) -> Arc<[Statement]> {
    static KNOWN: OnceLock<Mutex<Known>> = OnceLock::new();
    let mut known = KNOWN.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
    Arc::clone(known.entry(sql).or_insert_with(|| statements(sql).into()))
}

/// The statements of any text.
pub(crate) fn statements(sql: &str) -> Vec<Statement> {
    let mut counted = 0;
    pieces(sql).into_iter().map(|piece| statement(&piece, &mut counted)).collect()
}

/// Cut at semicolons that stand in no literal.
fn pieces(sql: &str) -> Vec<String> {
    let (mut pieces, mut piece, mut quoted) = (Vec::new(), String::new(), false);
    for letter in sql.chars() {
        quoted ^= letter == '\'';
        if letter == ';' && !quoted {
            pieces.push(std::mem::take(&mut piece));
        } else {
            piece.push(letter);
        }
    }
    pieces.push(piece);
    pieces.retain(|piece| !piece.trim().is_empty());
    pieces
}

fn statement(piece: &str, counted: &mut usize) -> Statement {
    let (ignores, rest) = match piece.trim().strip_prefix("INSERT OR IGNORE INTO") {
        Some(rest) => (true, format!("INSERT INTO{rest}")),
        None => (false, piece.trim().to_owned()),
    };
    let (mut sql, mut args) = (String::with_capacity(rest.len() + 32), Vec::new());
    let (mut letters, mut quoted) = (rest.chars().peekable(), false);
    while let Some(letter) = letters.next() {
        if letter == 'x' && !quoted && letters.next_if_eq(&'\'').is_some() {
            let octets: String = letters.by_ref().take_while(|digit| *digit != '\'').collect();
            sql.push_str(&format!("'\\x{octets}'::bytea"));
            continue;
        }
        quoted ^= letter == '\'';
        if letter != '?' || quoted {
            sql.push(letter);
            continue;
        }
        let mut digits = String::new();
        while let Some(digit) = letters.next_if(char::is_ascii_digit) {
            digits.push(digit);
        }
        let arg = digits.parse::<usize>().map_or(*counted, |number| number.saturating_sub(1));
        *counted = arg + 1;
        let place = args.iter().position(|known| *known == arg).unwrap_or_else(|| {
            args.push(arg);
            args.len() - 1
        });
        sql.push_str(&format!("${}", place + 1));
    }
    let mut sql = reworded(sql);
    if ignores {
        sql.push_str(" ON CONFLICT DO NOTHING");
    }
    Statement { sql, args }
}

fn reworded(sql: String) -> String {
    let list = if sql.contains("json_extract(") { "each_json(" } else { "each_text(" };
    let words = [
        ("(SELECT value FROM json_each(", "(SELECT value FROM each_number("),
        ("json_each(", list),
        ("last_insert_rowid()", "lastval()"),
        ("BY rowid", "BY row"),
        ("CROSS JOIN", "JOIN"),
        ("max(uidnext,", "greatest(uidnext,"),
        ("sum(", "total_of("),
        ("group_concat(", "string_agg("),
    ];
    words.into_iter().fold(without_index_hints(sql), |sql, (word, other)| sql.replace(word, other))
}

fn without_index_hints(mut sql: String) -> String {
    const HINT: &str = " INDEXED BY ";
    while let Some(at) = sql.find(HINT) {
        let name = sql.split_at(at + HINT.len()).1;
        let ends = name.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(name.len());
        sql.replace_range(at..at + HINT.len() + ends, "");
    }
    sql
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(sql: &str, args: &[usize]) -> Statement {
        Statement { sql: sql.to_owned(), args: args.to_vec() }
    }

    #[test]
    fn arguments_are_numbered() {
        let made = statements("SELECT a FROM t WHERE b = ? AND c = ? AND d = '?;'");
        assert_eq!(made, [one("SELECT a FROM t WHERE b = $1 AND c = $2 AND d = '?;'", &[0, 1])]);
        let made = statements("SELECT ?2, ?1, ?2");
        assert_eq!(made, [one("SELECT $1, $2, $1", &[1, 0])]);
    }

    #[test]
    fn octets_are_bytea() {
        let made = statements("UPDATE t SET a = x'00ff', max = x'' WHERE b = 'x'");
        assert_eq!(made, [one("UPDATE t SET a = '\\x00ff'::bytea, max = '\\x'::bytea WHERE b = 'x'", &[])]);
    }

    #[test]
    fn several_statements_share_their_arguments() {
        let made = statements("INSERT OR IGNORE INTO k (c, m) VALUES (?2, ?1); UPDATE m SET n = 1 WHERE id = ?1;");
        let put = one("INSERT INTO k (c, m) VALUES ($1, $2) ON CONFLICT DO NOTHING", &[1, 0]);
        assert_eq!(made, [put, one("UPDATE m SET n = 1 WHERE id = $1", &[0])]);
    }
}
