/// Options of outgoing connections in configuration files.
@NullMarked
package io.pharos.config.http;

import org.jspecify.annotations.NullMarked;
