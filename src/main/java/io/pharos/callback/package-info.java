/// What other systems are told of releases: Grafana's annotations, commit statuses at GitHub and
/// GitLab, and answers to GitHub's deployment protection rules.
///
/// Facts and what is to be told of them are kept apart. The store writes down with each change of a
/// deployment or a gate that it changed; [io.pharos.callback.CallbackService] makes of that what
/// each target is to be told, and tells it until it has been told or given up.
@NullMarked
package io.pharos.callback;

import org.jspecify.annotations.NullMarked;
