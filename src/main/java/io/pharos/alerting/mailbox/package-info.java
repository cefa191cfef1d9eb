/// The local mailbox: messages that have no way out (no mail server, no webhook configured) kept as
/// files, so that a demo shows what people would get.
@NullMarked
package io.pharos.alerting.mailbox;

import org.jspecify.annotations.NullMarked;
