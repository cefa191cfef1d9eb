/// The type [Channel], and the classes that all channels use: HTTP calls, answers, secrets,
/// configuration keys and mail. Each channel is a subpackage; [io.pharos.alerting.Channels] lists
/// all channels.
@NullMarked
package io.pharos.alerting.channel;

import org.jspecify.annotations.NullMarked;
