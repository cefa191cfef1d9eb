/// Rollouts: how a deployment gets its traffic, step by step, and back when the gate says so.
///
/// [io.pharos.rollout.Rollout] is the pure state machine: state, event and time give the next state
/// and what to do. [io.pharos.rollout.RolloutService] drives the stored ones and answers the agent,
/// which alone touches the load balancer: a [io.pharos.rollout.Heartbeat] says what it sees, the
/// [io.pharos.rollout.HeartbeatAnswer] what it must bring about (docs/format/rollouts.md). A
/// candidate never gets more than the share that was approved and that of the step which is judged;
/// what is unknown never moves traffic.
@NullMarked
package io.pharos.rollout;

import org.jspecify.annotations.NullMarked;
