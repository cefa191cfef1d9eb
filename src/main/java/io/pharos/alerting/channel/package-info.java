/// The interface [Channel], and what channels share: HTTP calls, answers, secrets, configuration
/// keys and mail. Each channel is a subpackage; [io.pharos.alerting.Channels] lists them.
@NullMarked
package io.pharos.alerting.channel;

import org.jspecify.annotations.NullMarked;
