/// What a channel is, and what it is given to tell its receivers: HTTP calls and mail. Each channel
/// is a package beside this one; [io.pharos.alerting.Channels] lists them.
@NullMarked
package io.pharos.alerting.channel;

import org.jspecify.annotations.NullMarked;
