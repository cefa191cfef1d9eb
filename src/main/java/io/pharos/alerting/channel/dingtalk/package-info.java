/// The channel `dingtalk`: messages to a DingTalk group robot, signed if the robot requires it.
@NullMarked
package io.pharos.alerting.channel.dingtalk;

import org.jspecify.annotations.NullMarked;
