/// The channel `wecom`: messages to a WeCom group bot.
@NullMarked
package io.pharos.alerting.channel.wecom;

import org.jspecify.annotations.NullMarked;
