/// From a group of alerts to a delivered message: the stages that mute, the decision whether a
/// message is due, the notification log, the outbox and its delivery, and the port of the
/// receivers.
///
/// A decision and its deliveries are stored together before anything is sent; each receiver's
/// integration has a lane of its own, so that a slow one never holds up another.
@NullMarked
package io.pharos.alerting.pipeline;

import org.jspecify.annotations.NullMarked;
