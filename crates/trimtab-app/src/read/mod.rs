//! Read models: what pages and the API show, composed from the store.
