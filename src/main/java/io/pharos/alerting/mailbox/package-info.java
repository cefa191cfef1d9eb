/// The local mailbox. It stores messages as files if they cannot be sent, because no mail server or
/// webhook is configured. A preview shows approximately how a channel would display a message.
@NullMarked
package io.pharos.alerting.mailbox;

import org.jspecify.annotations.NullMarked;
