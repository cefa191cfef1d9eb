/// The channel `wechat`: messages from a WeCom application.
@NullMarked
package io.pharos.alerting.channel.wechat;

import org.jspecify.annotations.NullMarked;
