/// What a notification says, before any channel dresses it: the facts of a group of alerts in the
/// order in which a person who was woken up needs them, the catalogue of texts, the user's
/// templates with the built-in text behind them, and the way over HTTP.
///
/// The receivers (`notify.email`, `.slack`, `.telegram` and others) build on it and do not know
/// each other.
@NullMarked
package io.pharos.alerting.message;

import org.jspecify.annotations.NullMarked;
