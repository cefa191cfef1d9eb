/// Releases as the pipeline announced them: what went where, when, and how it ended.
///
/// [io.pharos.gate.deployment.DeploymentRegister] is the way in;
/// [io.pharos.gate.deployment.Deployments] is the port to the store. The register also shows the
/// current releases as the series `pharos_deployment_info`.
@NullMarked
package io.pharos.gate.deployment;

import org.jspecify.annotations.NullMarked;
