/// The channel `slack`: messages to a Slack incoming webhook or a compatible service.
@NullMarked
package io.pharos.alerting.channel.slack;

import org.jspecify.annotations.NullMarked;
