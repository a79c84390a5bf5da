/* core/base/instrumented.h: is this built with a sanitizer that has memory and files of its own?
 *
 * Address and thread: such a program reads /proc, and needs far more memory than it asks for.
 * SAN=undefined alone does neither. gcc defines a name for each (clang 14 doesn't), clang has
 * __has_feature (gcc since version 14).
 */
#ifndef CORE_INSTRUMENTED_H
#define CORE_INSTRUMENTED_H

#define INSTRUMENTED 0

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#undef INSTRUMENTED
#define INSTRUMENTED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#undef INSTRUMENTED
#define INSTRUMENTED 1
#endif
#endif

#endif
