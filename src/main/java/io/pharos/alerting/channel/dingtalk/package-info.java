/// The receiver `dingtalk`: a message to a DingTalk group robot, signed where the robot asks for
/// it.
@NullMarked
package io.pharos.alerting.channel.dingtalk;

import org.jspecify.annotations.NullMarked;
