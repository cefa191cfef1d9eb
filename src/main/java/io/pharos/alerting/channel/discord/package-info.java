/// The channel `discord`: messages to a webhook.
@NullMarked
package io.pharos.alerting.channel.discord;

import org.jspecify.annotations.NullMarked;
