/// The channel `telegram`: messages by a bot.
@NullMarked
package io.pharos.alerting.channel.telegram;

import org.jspecify.annotations.NullMarked;
