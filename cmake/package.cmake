# What `cmake --install` installs for other projects: find_package(Updraft) and pkg-config. Public headers include
# private ones by their path in this tree, so those are installed, too, in a folder of their own.
include(CMakePackageConfigHelpers)
include(GNUInstallDirs)
set(UPDRAFT_CONFIG_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/Updraft CACHE STRING "where the package description goes, under the prefix")
set(templates ${CMAKE_CURRENT_LIST_DIR})
foreach(seam CRYPTO INFLATE PROTOBUF)  # a backend from elsewhere is a path
  get_filename_component(UPDRAFT_${seam}_BACKEND ${UPDRAFT_${seam}} NAME)
endforeach()

# updraft_install_library(BACKEND_FOLDERS): the device library, its headers and the description of the package.
function(updraft_install_library backend_folders)
  set(headers ${CMAKE_INSTALL_INCLUDEDIR})
  set(private ${CMAKE_INSTALL_INCLUDEDIR}/updraft/private)
  install(TARGETS updraft EXPORT UpdraftTargets COMPONENT updraft_library INCLUDES DESTINATION ${headers} ${private})
  install(EXPORT UpdraftTargets NAMESPACE Updraft:: DESTINATION ${UPDRAFT_CONFIG_DIR} COMPONENT updraft_library)
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/updraft DESTINATION ${headers} COMPONENT updraft_library FILES_MATCHING PATTERN *.hpp)
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/engine ${PROJECT_SOURCE_DIR}/protocols DESTINATION ${private} COMPONENT updraft_library
    FILES_MATCHING PATTERN *.hpp
    PATTERN corpus EXCLUDE PATTERN openssl EXCLUDE PATTERN psa EXCLUDE PATTERN zlib EXCLUDE PATTERN miniz EXCLUDE
    PATTERN *_bench.hpp EXCLUDE PATTERN *_samples.hpp EXCLUDE PATTERN fake_*.hpp EXCLUDE PATTERN test_*.hpp EXCLUDE)
  foreach(folder ${backend_folders})
    install(DIRECTORY ${folder}/ DESTINATION ${private} COMPONENT updraft_library)
  endforeach()

  set(UPDRAFT_PC_REQUIRES)
  set(UPDRAFT_PC_LIBS)
  if(UPDRAFT_CRYPTO STREQUAL openssl)
    list(APPEND UPDRAFT_PC_REQUIRES "libcrypto >= 3")
  endif()
  if(UPDRAFT_INFLATE STREQUAL zlib)
    list(APPEND UPDRAFT_PC_REQUIRES zlib)
  endif()
  if(UPDRAFT_PROTOBUF STREQUAL nanopb)
    set(UPDRAFT_PC_LIBS -lprotobuf-nanopb)
  endif()
  list(JOIN UPDRAFT_PC_REQUIRES ", " UPDRAFT_PC_REQUIRES)
  file(RELATIVE_PATH UPDRAFT_PC_PREFIX /p/${CMAKE_INSTALL_LIBDIR}/pkgconfig /p)
  configure_file(${templates}/updraft.pc.in ${CMAKE_CURRENT_BINARY_DIR}/updraft.pc @ONLY)
  install(FILES ${CMAKE_CURRENT_BINARY_DIR}/updraft.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT updraft_library)

  set(described ${CMAKE_CURRENT_BINARY_DIR}/UpdraftConfig.cmake)
  configure_package_config_file(${templates}/UpdraftConfig.cmake.in ${described} INSTALL_DESTINATION ${UPDRAFT_CONFIG_DIR}
    NO_SET_AND_CHECK_MACRO)
  # Below 1.0.0 a minor release may break users (CHANGELOG.md).
  write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/UpdraftConfigVersion.cmake COMPATIBILITY SameMinorVersion)
  install(FILES ${described} ${CMAKE_CURRENT_BINARY_DIR}/UpdraftConfigVersion.cmake DESTINATION ${UPDRAFT_CONFIG_DIR}
    COMPONENT updraft_library)
endfunction()
