/// `pharos rollout`: starts, shows and controls rollouts, and runs the rollout agent.
@NullMarked
package io.pharos.cli.rollout;

import org.jspecify.annotations.NullMarked;
