/// The channel `gotify`: push messages by a Gotify server.
@NullMarked
package io.pharos.alerting.channel.gotify;

import org.jspecify.annotations.NullMarked;
