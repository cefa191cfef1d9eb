/// The receiver `pushover`: push messages.
@NullMarked
package io.pharos.alerting.notify.pushover;

import org.jspecify.annotations.NullMarked;
