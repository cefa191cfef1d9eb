package io.pharos.server.api;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/// The annotated method needs no scope, for the reason of its [Exemption].
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
public @interface Exempt {
  /// Why no scope is needed.
  Exemption value();
}
