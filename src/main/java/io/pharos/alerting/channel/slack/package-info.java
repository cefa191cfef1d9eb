/// The receiver `slack`: a message to a Slack incoming webhook, or to what speaks like one.
@NullMarked
package io.pharos.alerting.channel.slack;

import org.jspecify.annotations.NullMarked;
