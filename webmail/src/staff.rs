//! The webmail's routes.

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};

use crate::guard;
use crate::trouble::dress;
use crate::{House, account, assets, compose, folder, message, search, sign_in};

/// All pages of the staff.
pub fn router(house: House) -> Router {
    let guarded = Router::new()
        .merge(compose::router())
        .merge(account::router())
        .merge(folder::router())
        .merge(message::router())
        .merge(search::router())
        .layer(from_fn_with_state(house.clone(), guard::staff));
    let open = sign_in::router().layer(from_fn(guard::open));
    Router::new()
        .merge(guarded)
        .merge(open)
        .merge(assets::router())
        .layer(from_fn_with_state(house.clone(), dress))
        .with_state(house)
}
