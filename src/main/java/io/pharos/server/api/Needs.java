package io.pharos.server.api;

import io.pharos.access.Scope;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/// The scope that the annotated method needs. Without it and without [Exempt], a GET needs `read`
/// and every other method `admin`.
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
public @interface Needs {
  /// The required scope.
  Scope value();
}
