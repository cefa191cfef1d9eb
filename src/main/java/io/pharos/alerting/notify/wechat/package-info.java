/// The receiver `wechat`: messages of a WeCom application.
@NullMarked
package io.pharos.alerting.notify.wechat;

import org.jspecify.annotations.NullMarked;
