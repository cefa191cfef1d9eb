/// What outgoing connections are told in configuration files, whoever opens them.
@NullMarked
package io.pharos.config.http;

import org.jspecify.annotations.NullMarked;
