//! Sessions: a random token in a browser, its hash in the directory.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use mail::Timestamp;
use store::StoreError;
use store::directory::{Directory, Owner, Role, Session};
use zeroize::Zeroizing;

use crate::Keys;

/// How long a session of staff lasts: a working day and its evening.
pub const STAFF_MS: i64 = 16 * 3_600_000;
/// How long a session of an admin lasts.
pub const ADMIN_MS: i64 = 8 * 3_600_000;
/// How long a session at a shared computer goes on unused.
pub const SHARED_IDLE_MS: i64 = 600_000;
/// How long after signing in somebody may change how they sign in without being asked for the password again.
pub const FRESH_MS: i64 = 900_000;
/// The longest program name that is kept.
const AGENT_CHARS: usize = 200;

/// A session's token as the browser holds it.
#[derive(Clone)]
pub struct Token(Zeroizing<String>);

impl Token {
    /// The cookie's value.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token")
    }
}

/// Who begins a session, and from where.
#[derive(Clone, Debug)]
pub struct Beginning<'a> {
    /// Whose it is.
    pub owner: &'a Owner,
    /// What it may do.
    pub role: Role,
    /// How its owner signed in, such as `password`.
    pub via: &'a str,
    /// From where.
    pub peer: &'a str,
    /// With what program, as it says itself.
    pub agent: &'a str,
}

/// Begins a session.
///
/// # Errors
/// Those of the directory.
pub async fn begin(
    keys: &Keys,
    directory: &Directory,
    beginning: &Beginning<'_>,
    now: Timestamp,
) -> Result<Token, StoreError> {
    begin_idle(keys, directory, beginning, None, now).await
}

/// Begins a session that ends when nobody used it for `idle_ms`.
///
/// # Errors
/// Those of the directory.
pub async fn begin_idle(
    keys: &Keys,
    directory: &Directory,
    beginning: &Beginning<'_>,
    idle_ms: Option<i64>,
    now: Timestamp,
) -> Result<Token, StoreError> {
    let bytes = Zeroizing::new(rand::random::<[u8; 32]>());
    let lasts = match beginning.role {
        Role::Staff => STAFF_MS,
        Role::Admin => ADMIN_MS,
    };
    let session = Session {
        token_hash: keys.token_hash(&*bytes),
        owner: beginning.owner.clone(),
        role: beginning.role,
        via: beginning.via.to_owned(),
        peer: beginning.peer.to_owned(),
        agent: beginning.agent.chars().take(AGENT_CHARS).collect(),
        created_at: now,
        expires_at: now.plus_ms(lasts),
        ended_at: None,
        idle_ms,
        seen_at: None,
    };
    directory.add_session(session).await?;
    Ok(Token(Zeroizing::new(URL_SAFE_NO_PAD.encode(*bytes))))
}

fn token_hash(keys: &Keys, token: &str) -> Option<[u8; 32]> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
    (bytes.len() == 32).then(|| keys.token_hash(&bytes))
}

/// The session of a token, while it goes on.
///
/// # Errors
/// Those of the directory.
pub async fn find(
    keys: &Keys,
    directory: &Directory,
    token: &str,
    now: Timestamp,
) -> Result<Option<Session>, StoreError> {
    let Some(hash) = token_hash(keys, token) else { return Ok(None) };
    let found = directory.find_session(&hash, now).await?;
    if let Some(session) = &found {
        directory.touch_session(session, now).await?;
    }
    Ok(found)
}

/// Ends the session of a token; whether there was one.
///
/// # Errors
/// Those of the directory.
pub async fn end(keys: &Keys, directory: &Directory, token: &str, now: Timestamp) -> Result<bool, StoreError> {
    match token_hash(keys, token) {
        Some(hash) => directory.end_session(hash, now).await,
        None => Ok(false),
    }
}

/// The name under which its owner ends a session from elsewhere. It lets nobody in.
#[must_use]
pub fn name(session: &Session) -> String {
    URL_SAFE_NO_PAD.encode(session.token_hash.get(..12).unwrap_or_default())
}

/// Ends one of somebody's sessions by its name; whether there was one.
///
/// # Errors
/// Those of the directory.
pub async fn end_named(directory: &Directory, owner: &Owner, named: &str, now: Timestamp) -> Result<bool, StoreError> {
    let open = directory.sessions(owner, now).await?;
    match open.iter().find(|session| name(session) == named) {
        Some(session) => directory.end_session(session.token_hash, now).await,
        None => Ok(false),
    }
}

/// Ends all of somebody's sessions but one; how many.
///
/// # Errors
/// Those of the directory.
pub async fn end_others(directory: &Directory, kept: &Session, now: Timestamp) -> Result<usize, StoreError> {
    let mut ended = 0;
    for session in directory.sessions(&kept.owner, now).await? {
        if session.token_hash != kept.token_hash && directory.end_session(session.token_hash, now).await? {
            ended += 1;
        }
    }
    Ok(ended)
}

/// Whether it began so lately that its owner is still there.
#[must_use]
pub fn is_fresh(session: &Session, now: Timestamp) -> bool {
    now.ms_since(session.created_at) < FRESH_MS
}
