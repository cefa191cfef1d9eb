/// The channel `webpush`: notifications in the browsers of people.
@NullMarked
package io.pharos.alerting.channel.webpush;

import org.jspecify.annotations.NullMarked;
