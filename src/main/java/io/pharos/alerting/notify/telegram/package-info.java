/// The receiver `telegram`: messages by a bot.
@NullMarked
package io.pharos.alerting.notify.telegram;

import org.jspecify.annotations.NullMarked;
