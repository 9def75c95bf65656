/// Makes the objects of NWB out of HDF5's groups and datasets: what each is, and what it is called.
///
/// After the schema of Neurodata Without Borders, core 2.9 with hdmf-common 1.8.
struct NWBObjects {
  /// The recording's, which the objects' own are made of.
  let identifier: String

  /// Says of a group or dataset what it is.
  func declare(
    _ object: some HDF5Object, _ type: String, of namespace: Namespace = .core
  ) throws(HDF5Error) {
    try object.setAttribute("neurodata_type", type)
    try object.setAttribute("namespace", namespace.rawValue)
    try object.setAttribute("object_id", objectID(of: object.place, in: identifier))
  }

  enum Namespace: String {
    case core
    case common = "hdmf-common"
  }

  /// A group of what was processed, by modality.
  func makeModule(_ name: String, in group: HDF5Group, description: String) throws(HDF5Error)
    -> HDF5Group
  {
    let module = try group.makeGroup(name)
    try declare(module, "ProcessingModule")
    try module.setAttribute("description", description)
    return module
  }

  /// A table with one column of text: what the columns of a series stand for.
  func writeLabels(
    _ labels: [String], _ name: String, in group: HDF5Group, description: String
  ) throws(HDF5Error) {
    let table = try group.makeGroup(name)
    try declareTable(table, description: description, columns: ["label"])
    try declare(
      try table.write("id", Array(labels.indices)), "ElementIdentifiers", of: .common)
    let column = try table.write("label", labels)
    try declareColumn(column, description: "What is in that column of the series.")
  }

  func declareTable(
    _ table: HDF5Group, _ type: String = "DynamicTable", of namespace: Namespace = .common,
    description: String, columns: [String]
  ) throws(HDF5Error) {
    try declare(table, type, of: namespace)
    try table.setAttribute("description", description)
    try table.setAttribute("colnames", columns)
  }

  func declareColumn(_ column: HDF5Dataset, description: String) throws(HDF5Error) {
    try declare(column, "VectorData", of: .common)
    try column.setAttribute("description", description)
  }
}
