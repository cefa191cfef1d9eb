/// The notifier's state in files: an append-only log with snapshots, and a ledger of finished
/// deliveries (`docs/format/notifier.md`). [NotifierLog] is the entry point.
@NullMarked
package io.pharos.state.log;

import org.jspecify.annotations.NullMarked;
