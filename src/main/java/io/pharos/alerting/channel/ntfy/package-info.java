/// The channel `ntfy`: push messages by an ntfy server.
@NullMarked
package io.pharos.alerting.channel.ntfy;

import org.jspecify.annotations.NullMarked;
