/// The channel `pushover`: push messages.
@NullMarked
package io.pharos.alerting.channel.pushover;

import org.jspecify.annotations.NullMarked;
