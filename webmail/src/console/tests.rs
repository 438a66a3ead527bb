//! Pages through the router.
