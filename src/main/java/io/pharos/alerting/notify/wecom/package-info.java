/// The receiver `wecom`: messages to a WeCom group bot.
@NullMarked
package io.pharos.alerting.notify.wecom;

import org.jspecify.annotations.NullMarked;
