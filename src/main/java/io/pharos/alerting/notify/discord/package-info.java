/// The receiver `discord`: messages to a webhook.
@NullMarked
package io.pharos.alerting.notify.discord;

import org.jspecify.annotations.NullMarked;
