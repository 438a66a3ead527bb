//! Sessions as rows: who is signed in where, and how to end it.

use crate::db::{self, Conn};
use mail::Timestamp;

use super::Directory;
use super::account::{Owner, Role, Session, SessionsOf};
use super::guard::Guard;
use super::ledger::{self, Area, Pages};
use crate::mac::Field;
use crate::{Result, StoreError};

/// The last use is written at most this often; of sessions that end when idle, ten times while they may be.
const TOUCH_EVERY_MS: i64 = 300_000;
const TOUCHES_WHILE_IDLE: i64 = 10;

#[derive(Clone, Debug)]
pub(super) struct SessionRow {
    pub(super) token_hash: Vec<u8>,
    pub(super) owner: String,
    bucket: i64,
    role: String,
    via: String,
    peer: String,
    agent: String,
    created_at: i64,
    expires_at: i64,
    ended_at: Option<i64>,
    idle_ms: Option<i64>,
    seen_at: Option<i64>,
    mac: Vec<u8>,
}

crate::db::record!(SessionRow {
    token_hash,
    owner,
    bucket,
    role,
    via,
    peer,
    agent,
    created_at,
    expires_at,
    ended_at,
    idle_ms,
    seen_at,
    mac
});

impl SessionRow {
    fn of(session: &Session, guard: &Guard) -> Self {
        let owner = session.owner.text();
        let mut row = Self {
            token_hash: session.token_hash.to_vec(),
            // A session is looked up by its token, so that is what its bucket comes from.
            bucket: bucket_of_token(&session.token_hash, guard),
            owner,
            role: session.role.as_str().to_owned(),
            via: session.via.clone(),
            peer: session.peer.clone(),
            agent: session.agent.clone(),
            created_at: session.created_at.as_ms(),
            expires_at: session.expires_at.as_ms(),
            ended_at: session.ended_at.map(Timestamp::as_ms),
            idle_ms: session.idle_ms,
            seen_at: session.seen_at.map(Timestamp::as_ms),
            mac: Vec::new(),
        };
        row.mac = row.code(guard).to_vec();
        row
    }

    fn code(&self, guard: &Guard) -> [u8; 32] {
        let mut fields: Vec<Field<'_>> = vec![
            self.token_hash.as_slice().into(),
            self.owner.as_str().into(),
            self.bucket.into(),
            self.role.as_str().into(),
            self.via.as_str().into(),
            self.peer.as_str().into(),
            self.agent.as_str().into(),
            self.created_at.into(),
            self.expires_at.into(),
            self.ended_at.into(),
        ];
        // Sessions from before there was such a thing keep their code.
        fields.extend(self.idle_ms.map(Field::from));
        guard.row("session", &fields)
    }

    pub(super) fn is_ours(&self, guard: &Guard) -> bool {
        crate::mac::same(&self.mac, &self.code(guard))
    }

    fn session(self, guard: &Guard) -> Result<Session> {
        let tampered = || StoreError::Tampered(format!("a session of {}", self.owner));
        if !self.is_ours(guard) {
            return Err(tampered());
        }
        let token_hash = self.token_hash.as_slice().try_into().map_err(|_| tampered())?;
        let owner = Owner::from_text(&self.owner).ok_or_else(tampered)?;
        let role = Role::from_word(&self.role).ok_or_else(tampered)?;
        Ok(Session {
            token_hash,
            owner,
            role,
            via: self.via,
            peer: self.peer,
            agent: self.agent,
            created_at: Timestamp::from_ms(self.created_at),
            expires_at: Timestamp::from_ms(self.expires_at),
            ended_at: self.ended_at.map(Timestamp::from_ms),
            idle_ms: self.idle_ms,
            seen_at: self.seen_at.map(Timestamp::from_ms),
        })
    }
}

fn bucket_of_token(token_hash: &[u8; 32], guard: &Guard) -> i64 {
    Area::Session.bucket(&guard.hash("session bucket", token_hash))
}

async fn put(db: &mut Conn, row: &SessionRow) -> Result<()> {
    let put = "INSERT INTO session
        (token_hash, owner, bucket, role, via, peer, agent, created_at, expires_at, ended_at, idle_ms, seen_at, mac)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    let put = db::query(put).bind(&row.token_hash).bind(&row.owner).bind(row.bucket).bind(&row.role);
    let put = put.bind(&row.via).bind(&row.peer).bind(&row.agent).bind(row.created_at).bind(row.expires_at);
    put.bind(row.ended_at).bind(row.idle_ms).bind(row.seen_at).bind(&row.mac).execute(db).await?;
    Ok(())
}

async fn open_rows(db: &mut Conn, which: &SessionsOf) -> Result<Vec<SessionRow>> {
    match which {
        SessionsOf::Owner(owner) => {
            let rows = "SELECT * FROM session WHERE owner = ? AND ended_at IS NULL";
            db::query_as(rows).bind(owner.text()).fetch_all(db).await
        }
        SessionsOf::Via(via) => {
            let rows = "SELECT * FROM session WHERE via = ? AND ended_at IS NULL";
            db::query_as(rows).bind(via).fetch_all(db).await
        }
        SessionsOf::Everyone => db::query_as("SELECT * FROM session WHERE ended_at IS NULL").fetch_all(db).await,
    }
}

async fn end_rows(db: &mut Conn, guard: &Guard, rows: Vec<SessionRow>, at: Timestamp) -> Result<usize> {
    let mut pages = Pages::none();
    let buckets = rows.iter().map(|row| row.bucket).collect();
    pages.open(db, guard, Area::Session, &buckets).await?;
    let mut ended = 0;
    for mut row in rows.into_iter().filter(|row| row.is_ours(guard)) {
        row.ended_at = Some(at.as_ms());
        let update = "UPDATE session SET ended_at = ?, mac = ? WHERE token_hash = ?";
        let code = row.code(guard);
        db::query(update).bind(row.ended_at).bind(code.as_slice()).bind(&row.token_hash).execute(&mut *db).await?;
        ended += 1;
    }
    pages.close(db, guard).await?;
    Ok(ended)
}

impl Directory {
    /// Begins a session.
    ///
    /// # Errors
    /// [`StoreError::Tampered`] when somebody else changed sessions it would lie among.
    pub async fn add_session(&self, session: Session) -> Result<()> {
        self.write(move |db, guard| {
            Box::pin(async move {
                let row = SessionRow::of(&session, guard);
                let pages = Pages::open_whole(db, guard, Area::Session, &[row.bucket].into()).await?;
                put(db, &row).await?;
                pages.close(db, guard).await
            })
        })
        .await
    }

    /// The session of this token, if it goes on at this moment.
    ///
    /// # Errors
    /// [`StoreError::Tampered`].
    pub async fn find_session(&self, token_hash: &[u8; 32], now: Timestamp) -> Result<Option<Session>> {
        let mut db = self.reading().await?;
        let row = "SELECT * FROM session WHERE token_hash = ?";
        let row: Option<SessionRow> = db::query_as(row).bind(token_hash.as_slice()).fetch_optional(&mut *db).await?;
        let Some(row) = row else { return Ok(None) };
        ledger::check(&mut db, &self.guard, Area::Session, bucket_of_token(token_hash, &self.guard)).await?;
        let session = row.session(&self.guard)?;
        Ok(session.is_open(now).then_some(session))
    }

    /// An owner's sessions that go on at this moment, newest first.
    ///
    /// # Errors
    /// [`StoreError::Tampered`].
    pub async fn sessions(&self, owner: &Owner, now: Timestamp) -> Result<Vec<Session>> {
        let mut db = self.reading().await?;
        let rows = open_rows(&mut db, &SessionsOf::Owner(owner.clone())).await?;
        let all = rows.into_iter().map(|row| row.session(&self.guard));
        let mut open: Vec<_> = all.collect::<Result<_>>()?;
        open.retain(|session: &Session| session.is_open(now));
        open.sort_by_key(|session| std::cmp::Reverse(session.created_at));
        Ok(open)
    }

    /// Ends the session of this token; whether there was one.
    ///
    /// # Errors
    /// Those of writing.
    pub async fn end_session(&self, token_hash: [u8; 32], at: Timestamp) -> Result<bool> {
        self.write(move |db, guard| {
            Box::pin(async move {
                let rows = "SELECT * FROM session WHERE token_hash = ? AND ended_at IS NULL";
                let rows = db::query_as(rows).bind(token_hash.as_slice()).fetch_all(&mut *db).await?;
                Ok(end_rows(db, guard, rows, at).await? > 0)
            })
        })
        .await
    }

    /// Ends all of these sessions; how many.
    ///
    /// # Errors
    /// Those of writing.
    pub async fn end_sessions(&self, which: SessionsOf, at: Timestamp) -> Result<usize> {
        self.write(move |db, guard| {
            Box::pin(async move {
                let rows = open_rows(db, &which).await?;
                end_rows(db, guard, rows, at).await
            })
        })
        .await
    }

    /// Notes that a session was used, every few minutes.
    ///
    /// # Errors
    /// Those of writing.
    pub async fn touch_session(&self, session: &Session, now: Timestamp) -> Result<()> {
        let every = session.idle_ms.map_or(TOUCH_EVERY_MS, |idle| (idle / TOUCHES_WHILE_IDLE).min(TOUCH_EVERY_MS));
        if session.seen_at.is_some_and(|seen| now.ms_since(seen) < every) {
            return Ok(());
        }
        let token_hash = session.token_hash;
        self.write(move |db, _| {
            Box::pin(async move {
                let update = "UPDATE session SET seen_at = ? WHERE token_hash = ?";
                db::query(update).bind(now.as_ms()).bind(token_hash.as_slice()).execute(db).await?;
                Ok(())
            })
        })
        .await
    }

    /// Forgets sessions that ended or ran out before this moment; how many.
    ///
    /// # Errors
    /// Those of writing.
    pub async fn forget_sessions(&self, before: Timestamp) -> Result<u64> {
        self.write(move |db, guard| {
            Box::pin(async move {
                let old = "SELECT DISTINCT bucket FROM session WHERE coalesce(ended_at, expires_at) < ?";
                let buckets: Vec<i64> = db::query_scalar(old).bind(before.as_ms()).fetch_all(&mut *db).await?;
                let mut pages = Pages::none();
                pages.open(db, guard, Area::Session, &buckets.into_iter().collect()).await?;
                let forget = "DELETE FROM session WHERE coalesce(ended_at, expires_at) < ?";
                let forgotten = db::query(forget).bind(before.as_ms()).execute(&mut *db).await?.rows_affected();
                pages.close(db, guard).await?;
                Ok(forgotten)
            })
        })
        .await
    }
}
