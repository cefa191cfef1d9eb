/// The local mailbox: messages that cannot be sent, because no mail server or webhook is
/// configured, stored as files, and previews of how a channel would show them.
@NullMarked
package io.pharos.alerting.mailbox;

import org.jspecify.annotations.NullMarked;
