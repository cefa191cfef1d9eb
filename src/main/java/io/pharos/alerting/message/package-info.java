/// The content of notifications, independent of channels: facts of an alert group in the order in
/// which an on-call person needs them, texts in all languages, and the user's templates with
/// built-in texts as fallback.
///
/// The channels use this package and are independent of each other.
@NullMarked
package io.pharos.alerting.message;

import org.jspecify.annotations.NullMarked;
