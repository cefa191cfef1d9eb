/// The channel `feishu`: cards to a group bot of Feishu or Lark.
@NullMarked
package io.pharos.alerting.channel.feishu;

import org.jspecify.annotations.NullMarked;
